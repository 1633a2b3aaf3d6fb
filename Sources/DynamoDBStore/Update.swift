#if DynamoDB
/// What an update does to the attributes of an item.
struct Update: Sendable {
    var adds: Item = [:]
    var sets: Item = [:]
    var removes: [String] = []

    func write(table: String, key: Key) -> Write {
        func clause(_ action: String, _ terms: [String]) -> [String] {
            terms.isEmpty ? [] : ["\(action) \(terms.sorted().joined(separator: ", "))"]
        }
        let clauses =
            clause("ADD", adds.keys.map { "#\($0) :\($0)" }) + clause("SET", sets.keys.map { "#\($0) = :\($0)" })
            + clause("REMOVE", removes.map { "#\($0)" })
        let values = adds.merging(sets) { $1 }
        return Write(
            tableName: table,
            key: key.item,
            updateExpression: clauses.joined(separator: " "),
            expressionAttributeNames: Dictionary((values.keys + removes).map { ("#\($0)", $0) }) { $1 },
            expressionAttributeValues: values.isEmpty ? nil : Dictionary(values.map { (":\($0)", $1) }) { $1 }
        )
    }
}
#endif
