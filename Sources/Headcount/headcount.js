// The script for pages.
