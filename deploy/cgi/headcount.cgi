#!/bin/sh
# Headcount as a CGI script, for web space that runs such scripts: put it where yours are, and make it executable.
# Put the program and the database where the web server serves no files, and write their paths here.
export HEADCOUNT_CONFIG=
export HEADCOUNT_DATABASE="$HOME/headcount/headcount.db"
exec "$HOME/headcount/headcount-fcgi"
