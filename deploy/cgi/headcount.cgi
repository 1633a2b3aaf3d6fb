#!/bin/sh
# Headcount as a CGI script: put it in the folder of your scripts, and make it executable.
# The program and the database are in a folder that the web server does not serve. Write its full path here: a web server
# does not set HOME for scripts.
directory=/home/you/headcount
export HEADCOUNT_CONFIG=
export HEADCOUNT_DATABASE="$directory/headcount.db"
exec "$directory/headcount-fcgi"
