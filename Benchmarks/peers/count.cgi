#!/usr/bin/perl
# The counter as a CGI script in Perl. A new connection has synchronous=FULL, and the file is in WAL mode.
use strict;
use warnings;
use DBI;

my $database = DBI->connect("dbi:SQLite:dbname=$ENV{DATABASE}", '', '', { RaiseError => 1 });
$database->begin_work; # BEGIN IMMEDIATE, and waits up to 30 seconds for another process
my ($count, $unique) =
    $database->selectrow_array("UPDATE counter SET count = count + 1 WHERE page = '' RETURNING count, uniq");
$database->do("INSERT INTO daily VALUES (?, '', 1, 0) ON CONFLICT DO UPDATE SET count = count + 1",
    undef, int(time / 86400));
$database->commit;

my $body = "{\"count\":$count,\"unique\":$unique}";
print "Status: 200 OK\r\n",
    "Content-Type: application/json\r\n",
    'Content-Length: ', length $body, "\r\n",
    "Cache-Control: no-store\r\n",
    "Access-Control-Allow-Origin: *\r\n",
    "X-Content-Type-Options: nosniff\r\n",
    "\r\n", $body;
