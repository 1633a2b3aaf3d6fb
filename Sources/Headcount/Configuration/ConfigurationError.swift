/// A setting that can't be used: one line for the owner.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    package let name: String
    /// `nil` if it must not be shown.
    package let value: String?
    /// What would be allowed.
    package let allowed: String

    package init(name: String, value: String?, allowed: String) {
        self.name = name
        self.value = value
        self.allowed = allowed
    }

    /// A value that the setting of this name does not allow, or a name that no setting has. Nothing is known about the
    /// value of an unknown name: it may be a secret.
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

    /// Thrown by programs that were built without the package trait `DynamoDB`.
    package static let withoutDynamoDB = ConfigurationError(problems: [
        ConfigurationProblem(
            name: "HEADCOUNT_STORE",
            value: "dynamodb",
            allowed: "this program was built without DynamoDB; `make build` makes one that has it"
        )
    ])
}
