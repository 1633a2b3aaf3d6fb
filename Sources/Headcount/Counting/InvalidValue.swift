/// The reason why a value is invalid.
package struct InvalidValue: Error, Equatable, Sendable {
    /// Completes a sentence that starts with the name of the value: “must be …”.
    package var reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
