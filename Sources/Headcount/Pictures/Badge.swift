package struct Badge: Sendable {
    package init(label: Label, value: String, color: Color) {}
    package var svg: String { "<svg/>" }
    package static func grouped(_ number: Int) -> String { "\(number)" }
    package struct Label: Sendable {
        package static let visits = Label(), visitors = Label()
        init() {}
        package init(_ text: String) throws(Query.Refusal) {}
    }
    package struct Color: Sendable, Equatable {
        package init?(_ text: String) {}
        init() {}
        package static let `default` = Color()
        package static let allowed = "must be a name or three or six hexadecimal digits"
    }
}
