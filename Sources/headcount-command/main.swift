import HeadcountCommand
import HeadcountServer

// One program under two names, so that shared code is installed once. A remote client may control the arguments of a
// CGI script (RFC 3875 §4.4), so the command runs only under the name `headcount`, and never as a script.
let name = CommandLine.arguments.first?.split(separator: "/").last
if name == "headcount", !HeadcountServer.isScript {
    HeadcountCommand.run()
} else {
    HeadcountServer.run()
}
