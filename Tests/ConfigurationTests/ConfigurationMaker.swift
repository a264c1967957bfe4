import Foundation
import TestSupport

@testable import Configuration

/// Makes configurations of files, flags and an environment as a test wants them.
struct ConfigurationMaker {
    let folder: TemporaryFolder
    var environment: [String: String] = [:]
    var baseURL: String?
    var interval: String?
    var shard: String?
    var storagePath = ":memory:"
    /// In place of a file of a text.
    var configurationFile: String?

    /// With a file `token` that holds a secret, for this user alone.
    init() throws {
        folder = try TemporaryFolder()
        try write("hush-hush", "token")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(folder.path)/token")
    }

    func write(_ text: String, _ name: String) throws {
        try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
    }

    /// Reads what flags, environment and a file of this text say; /TOKEN in it is the path of the secret.
    func read(_ text: String?) throws -> Configuration {
        let path = "\(folder.path)/config.yml"
        if let text { try write(text.replacingOccurrences(of: "/TOKEN", with: "\(folder.path)/token"), "config.yml") }
        return try Configuration(
            listenAddresses: [":0"], telemetryPath: "/metrics", baseURL: baseURL, pollInterval: interval,
            storagePath: storagePath, configurationFile: text == nil ? configurationFile : path, shard: shard,
            environment: { [environment] in environment[$0] })
    }

    /// The faults of what `read` reads, with the file named by its name alone.
    func faults(_ text: String?) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch let error as ConfigurationError {
            return error.faults.map { $0.replacingOccurrences(of: folder.path + "/", with: "") }
        } catch {
            return ["\(error)"]
        }
    }
}
