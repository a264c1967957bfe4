import Foundation
import TestSupport

/// The real Prometheus, scraping one exporter by the repository's own rules.
struct PrometheusProcess {
    /// The top of the repository.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    let program: Program
    let url: String
    private let folder: TemporaryFolder

    /// Starts on a free port and waits until it serves. Scrapes and evaluates every two seconds.
    init(scraping port: Int) async throws {
        folder = try TemporaryFolder()
        let configuration = """
            global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}
            rule_files: ["\(Self.repository)/deploy/prometheus/rules/*.yml"]
            scrape_configs:
              - job_name: twilio-comms-exporter
                static_configs: [{targets: ["127.0.0.1:\(port)"]}]
            """
        let file = folder.path + "/prometheus.yml"
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        let program = try Program(
            path: "/usr/bin/prometheus",
            [
                "--config.file=\(file)", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:0",
            ])
        self.program = program
        let url = try await eventually("Prometheus listens") {
            program.standardError.firstMatch(of: /msg="Listening on" address=(127\.0\.0\.1:\d+)/).map {
                "http://\($0.1)"
            }
        }
        self.url = url
        _ = try await eventually("Prometheus is ready") {
            try await TestHTTP.get("\(url)/-/ready").status == 200 ? true : nil
        }
    }

    /// The values of an instant query, one for each series of the answer.
    func query(_ expression: String) async throws -> [Double] {
        struct Answer: Decodable {
            struct Data: Decodable { let result: [Result] }
            struct Result: Decodable { let value: [Value] }
            enum Value: Decodable {
                case time(Double), value(String)

                init(from decoder: any Decoder) throws {
                    let container = try decoder.singleValueContainer()
                    self =
                        try (try? container.decode(Double.self)).map(Value.time)
                        ?? .value(container.decode(String.self))
                }
            }
            let data: Data
        }
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        let escaped = expression.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        let (status, text) = try await TestHTTP.get("\(url)/api/v1/query?query=\(escaped)")
        guard status == 200 else { throw NeverHappened(description: "\(expression): \(text)") }
        return try JSONDecoder().decode(Answer.self, from: Foundation.Data(text.utf8)).data.result.compactMap {
            guard case .value(let text)? = $0.value.last else { return nil }
            return Double(text)
        }
    }
}
