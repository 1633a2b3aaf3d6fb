#!/bin/sh
# Headcount as a CGI script, for web space that runs such scripts: put it where yours are, and make it executable.
# The program and the database stand in a folder that the web server does not serve. A web server tells a script
# nothing of your home, so the folder is written here in full.
directory=/home/you/headcount
export HEADCOUNT_CONFIG=
export HEADCOUNT_DATABASE="$directory/headcount.db"
exec "$directory/headcount-fcgi"
