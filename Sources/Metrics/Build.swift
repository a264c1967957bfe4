internal import CBuild
package import Exposition

/// Which exporter this is.
package enum Build {
    package static let name = "twilio-comms-exporter"
    package static let version = "0.1.0"
    /// The commit it was built from, or `unknown` where that was no git checkout.
    package static let revision = String(cString: cbuild_revision())

    /// The compiler, as far as code can ask for it.
    package static let swiftVersion: String = {
        #if compiler(>=6.4)
        "6.4 or later"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }()

    package static let platform: String = {
        #if arch(x86_64)
        "linux/amd64"
        #elseif arch(arm64)
        "linux/arm64"
        #else
        "linux"
        #endif
    }()

    package static let family = MetricFamily(
        "twilio_comms_exporter_build_info", .info, "1; the labels say what this exporter was built from.",
        [
            Series(
                [
                    Label("version", version), Label("revision", revision), Label("swift_version", swiftVersion),
                ], .integer(1))
        ])
}
