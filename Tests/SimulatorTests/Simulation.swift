import Foundation
import HTTPServer
import Locking
import Operations
import Simulator
import Testing

/// The simulated API with a clock that tests move, asked without sockets.
final class Simulation: Sendable {
    private let clock = Locked(noon)
    let api: SimulatedAPI

    init(
        rate: Double, history: Duration = .zero, historyRate: Double = 0, reading: StatsReading = .exclusive,
        credentials: [Credentials] = [.demo]
    ) {
        var settings = Settings()
        settings.rate = rate
        let world = World(
            at: noon, reading: reading, settings: settings, history: history, historyRate: historyRate)
        api = SimulatedAPI(world, credentials: credentials) { [clock] in clock.withLock { $0 } }
    }

    func advance(_ span: Duration) {
        clock.withLock { $0 = $0 + span }
    }

    /// The answer to a request whose target is split and decoded as the server does it.
    func answer(_ method: String, _ target: String, authorization: String? = demoAuthorization) -> ServerResponse {
        let components = URLComponents(string: target)
        let items = components?.queryItems ?? []
        return api.answer(
            ServerRequest(
                method: method, path: components?.path ?? "", queryItems: items.map { ($0.name, $0.value ?? "") },
                headers: authorization.map { [("Authorization", $0)] } ?? []))
    }

    /// The answer to a change of settings, written as in a query.
    func set(_ query: String) -> ServerResponse {
        answer("POST", "/-/settings?" + query)
    }

    /// The body of a 200 to a GET.
    func get(_ target: String) throws -> Data {
        let response = answer("GET", target)
        try #require(response.status == 200, "\(response.text)")
        return Data(response.body)
    }

    func list(_ query: String) throws -> ListedPage {
        let decoder = JSONDecoder.withDates
        return try decoder.decode(ListedPage.self, from: get("/v1/Messages/Operations" + query))
    }

    /// Every operation of a list, page after page.
    func listAll(pageSize: Int = 1000, filters: String = "") throws -> [ListedOperation] {
        var operations: [ListedOperation] = []
        var token: String?
        repeat {
            let escaped = token?.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            let page = try list("?pageSize=\(pageSize)\(filters)\(escaped.map { "&pageToken=\($0)" } ?? "")")
            operations += page.operations
            token = page.pagination.next
        } while token != nil
        return operations
    }

    /// What is true, by name without the namespace.
    func truth(birth: Timestamp) throws -> [String: Int64] {
        let text = String(decoding: try get("/-/truth?birth=\(birth)"), as: UTF8.self)
        return text.split(separator: "\n").reduce(into: [:]) { truth, line in
            let parts = line.split(separator: " ")
            truth[String(parts[0].dropFirst("twilio_comms_".count))] = Int64(String(parts[1]))
        }
    }
}

/// `Basic` with the published account and token, as any other tool encodes them.
let demoAuthorization =
    "Basic " + Data("AC00000000000000000000000000000000:simulator".utf8).base64EncodedString()

struct ListedPage: Decodable {
    let operations: [ListedOperation]
    let pagination: Pagination

    struct Pagination: Decodable {
        let next: String?
        let own: String

        private enum CodingKeys: String, CodingKey {
            case next
            case own = "self"
        }
    }
}

struct ListedOperation: Decodable, Equatable {
    let id: String
    let status: String
    let stats: [String: Int64]
    let createdAt: Date
    let updatedAt: Date
}

extension [ListedOperation] {
    func of(_ status: String) -> [ListedOperation] { filter { $0.status == status } }

    func sum(_ stat: Stat) -> Int64 { reduce(0) { $0 + ($1.stats["\(stat)"] ?? 0) } }
}

extension ServerResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
