import Foundation
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test where the newer programs are not here.
    static var needsPrometheus3: ConditionTrait {
        .enabled(if: PrometheusRelease.newer.isHere, PrometheusRelease.missing)
    }
}

/// Prometheus and the programs around it, of one of two releases of Debian.
enum PrometheusRelease: CaseIterable {
    /// The packages of this machine's release: Prometheus 2 on Debian 12 and 13.
    case installed
    /// The packages of Debian unstable, which `make test-deps` unpacks: Prometheus 3.
    case newer

    fileprivate static let missing: Comment =
        "not tested with Prometheus 3, which is not in .build/newer: make test-deps unpacks it or says why not"

    /// The releases that are here. Leaves a warning if the newer one is not.
    static func available() -> [PrometheusRelease] {
        if !newer.isHere { Issue.record(missing, severity: .warning) }
        return allCases.filter(\.isHere)
    }

    /// Ends a test's case with a warning if this release is not here.
    func require() throws {
        guard !isHere else { return }
        Issue.record(Self.missing, severity: .warning)
        try Test.cancel(Self.missing)
    }

    /// The path of a program that has this name in Debian.
    func path(of program: String) -> String {
        "\(folder)/\(program)"
    }

    fileprivate var isHere: Bool {
        self == .installed || FileManager.default.fileExists(atPath: folder)
    }

    private var folder: String {
        switch self {
        case .installed: "/usr/bin"
        case .newer: PrometheusProcess.repository + "/.build/newer/usr/bin"
        }
    }
}
