/// An invalid setting, described in one line.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    package let name: String
    /// `nil` if it must not be shown.
    package let value: String?
    /// The remedy, usually “must be” and the allowed values.
    package let allowed: String

    package init(name: String, value: String?, allowed: String) {
        self.name = name
        self.value = value
        self.allowed = allowed
    }

    /// An invalid value, or an unknown name. The value of an unknown name is not shown, since it may be a secret.
    package init(name: String, value: String) {
        if let setting = Setting.all.first(where: { $0.name == name }) {
            self.init(name: name, value: setting.isSecret ? nil : value, allowed: "must be \(setting.allowed)")
        } else {
            let names = Setting.all.map(\.name).joined(separator: ", ")
            self.init(name: name, value: nil, allowed: "no such setting; the settings are \(names)")
        }
    }

    package var description: String {
        guard let value else { return "\(name): \(allowed)" }
        let shown = value.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }.joined()
        return "\(name)=\(shown): \(allowed)"
    }
}

/// Every problem found, so the owner can fix them in one pass.
package struct ConfigurationError: Error, Sendable, Equatable {
    package let problems: [ConfigurationProblem]

    package init(problems: [ConfigurationProblem]) { self.problems = problems }

    /// The error of programs that were built without the package trait `DynamoDB`.
    package static let withoutDynamoDB = ConfigurationError(problems: [
        ConfigurationProblem(
            name: "HEADCOUNT_STORE",
            value: "dynamodb",
            allowed: "this program was built without DynamoDB; `make build` includes it"
        )
    ])
}
