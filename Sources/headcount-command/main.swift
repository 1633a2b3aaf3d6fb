import HeadcountCommand
import HeadcountServer

// One program under two names, so that what both need is installed once. The arguments of a CGI script may be a stranger's
// (RFC 3875 §4.4), so only the name `headcount`, and no web server, gets the command.
let name = CommandLine.arguments.first?.split(separator: "/").last
if name == "headcount", !HeadcountServer.isScript {
    HeadcountCommand.run()
} else {
    HeadcountServer.run()
}
