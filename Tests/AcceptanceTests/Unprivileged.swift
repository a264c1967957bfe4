import Foundation
import TestSupport

/// The user that root becomes, since no permission stops root.
enum Unprivileged {
    static let id: UInt32 = 65_534
    static let isNeeded = geteuid() == 0

    /// What stands before a program's path and arguments.
    static var command: [String] {
        isNeeded ? ["/usr/bin/setpriv", "--reuid=\(id)", "--regid=\(id)", "--clear-groups"] : ["/usr/bin/env"]
    }

    static var exporter: String { Program.path(of: "twilio-comms-exporter") }

    static var works: Bool {
        get async {
            let run = try? Program(path: command[0], command.dropFirst() + [exporter, "--version"])
            return await run?.wait().status == 0
        }
    }
}
