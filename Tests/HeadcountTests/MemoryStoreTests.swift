import Headcount
import StoreConformance
import Testing

@Suite("The store in memory")
struct MemoryStoreTests {
    @Test("conforms", arguments: StoreConformance.requirements)
    func conforms(_ requirement: StoreConformance.Requirement) throws {
        try StoreConformance { MemoryStore(maximumPages: $0) }.check(requirement)
    }
}
