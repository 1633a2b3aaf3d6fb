import Testing

/// A requirement on a store, named as a sentence.
package struct ConformanceRequirement<Suite>: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    let check: @Sendable (Suite) throws -> Void

    init(_ sentence: String, check: @escaping @Sendable (Suite) throws -> Void) {
        testDescription = sentence
        self.check = check
    }
}
