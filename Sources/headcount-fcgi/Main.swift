import Headcount
import SQLiteStore
@main struct Main { static func main() { print("x") } }
