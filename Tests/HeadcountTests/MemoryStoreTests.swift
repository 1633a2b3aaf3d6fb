import Headcount
import StoreConformance
import Testing

@Suite("The store in memory")
struct MemoryStoreTests {
    @Test("conforms", arguments: StoreConformance.demands)
    func conforms(_ demand: StoreConformance.Demand) throws {
        try StoreConformance { MemoryStore(maximumPages: $0) }.check(demand)
    }
}
