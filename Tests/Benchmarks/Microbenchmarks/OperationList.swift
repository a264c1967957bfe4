import CommsAPI
import HTTPClient
import Locking
import Operations

/// A list of operations as the API pages it, newest first: the same in every run. The shape is the simulator's.
enum OperationList {
    static let pageSize = 1000
    /// When it is read: 2026-06-01T00:00:00Z, by when all of its operations have been made.
    static let now = Timestamp(seconds: 1_780_272_000)
    /// A million in 7 days.
    static let spacing = Duration.milliseconds(600)

    /// The body of a page, from 0 on. The first so many of its operations show one more message delivered than before.
    static func body(page: Int, progressed: Int = 0) -> HTTPBody {
        let operations = (0..<pageSize).map { operation(page * pageSize + $0, hasProgressed: $0 < progressed) }
        let pagination = #"{"next":"\#(token(page + 1))","self":"\#(token(page))"}"#
        let text = #"{"operations":["# + operations.joined(separator: ",") + #"],"pagination":"# + pagination + "}"
        return HTTPBody(Array(text.utf8))
    }

    /// What the body of that page says.
    static func sightings(page: Int, progressed: Int = 0) throws -> [Sighting] {
        let known = Locked(FingerprintTable())
        return try PageDecoder(resource: .messages).decode(body(page: page, progressed: progressed), known: known)
            .sightings
    }

    private static func operation(_ number: Int, hasProgressed: Bool) -> String {
        let created = now - spacing * (number + 1)
        let updated = created + .seconds(hasProgressed ? 600 : 300)
        let counts = counts(of: number, hasProgressed: hasProgressed)
        let stats = zip(Resource.messages.stats, counts).map { stat, count in
            #""\#(Resource.messages.name(of: stat) ?? "")":\#(count)"#
        }
        return #"{"id":"\#(id(number, created))","status":"\#(status(of: number).filterValue)","stats":{"#
            + stats.joined(separator: ",") + #"},"createdAt":"\#(created)","updatedAt":"\#(updated)"}"#
    }

    /// Of a hundred operations 97 are completed.
    private static func status(of number: Int) -> OperationStatus {
        switch number % 100 {
        case 0: .scheduled
        case 1: .processing
        case 2: .canceled
        default: .completed
        }
    }

    /// In the order of `Stat`: each message is counted in the state it is in.
    private static func counts(of number: Int, hasProgressed: Bool) -> [Int] {
        let messages = 100 + number % 900
        let (sent, delivered) = hasProgressed ? (6, messages - 26) : (7, messages - 27)
        return [messages, messages + 2, messages + 9, 0, 0, sent, delivered, 8, 5, 2, 4, 1]
    }

    /// `comms_operation_` and 26 digits in base 32, of which the first ten are the creation time.
    private static func id(_ number: Int, _ created: Timestamp) -> String {
        let mixed = UInt64(number + 1) &* 0x9e37_79b9_7f4a_7c15
        return "comms_operation_" + digits(UInt64(created.milliseconds), count: 10) + digits(mixed, count: 8)
            + digits(mixed &* 0xd134_2543_de82_ef95, count: 8)
    }

    private static func digits(_ value: UInt64, count: Int) -> String {
        let digits = Array("0123456789abcdefghjkmnpqrstvwxyz")
        return String((0..<count).reversed().map { digits[Int(value >> UInt64($0 * 5) & 31)] })
    }

    private static func token(_ page: Int) -> String {
        "eyJQSyI6IkMjQUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAiLCJTSyI6IkEj" + String(100_000 + page)
    }
}
