import ArgumentParser
import Headcount

extension Page: ExpressibleByArgument {
    package init?(argument: String) {
        guard let page = try? Page(path: argument) else { return nil }
        self = page
    }
}

extension Day: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension LogAddress.Source: ExpressibleByArgument {}
