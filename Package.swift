// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A Swift module of ours: every one is built with the same strict settings.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// Set by `make fuzz`.
let isFuzzing = Context.environment["FUZZERS"] != nil

// Without what nothing calls: 0.8 MB less of memory.
let trimmed = LinkerSetting.unsafeFlags(
    ["-Xlinker", "--gc-sections", "-Xlinker", "--no-export-dynamic"], .when(configuration: .release))

// The toolchain's own linker, the same on every release: GNU ld, which Debian 13 has alone, leaves the tables writable.
// Functions of libraries are looked up at the start, so that their table, too, is read-only afterwards.
let linker = LinkerSetting.unsafeFlags(["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "now"])

/// Checks at run time of our C and C++: of lengths, where the C library can tell them, and of the stack. The fuzzers go without:
/// AddressSanitizer sees more, and does not look into the C library's checked functions.
let checks = ["-D_FORTIFY_SOURCE=3", "-fstack-protector-strong", "-fstack-clash-protection"]
let checked = BuildSettingCondition.when(configuration: .release)
let checkedC: [CSetting] = isFuzzing ? [] : [.unsafeFlags(checks, checked)]
let checkedCxx: [CXXSetting] = isFuzzing ? [] : [.unsafeFlags(checks, checked)]

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, swiftSettings: strict, linkerSettings: [linker, trimmed])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources, swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")

/// The programs of `make fuzz`, which have libFuzzer's main function: nothing else can link them.
let fuzzers: [Target] =
    !isFuzzing
    ? []
    : ["page", "request", "answer", "ledger"].map { name in
        .executableTarget(
            name: "fuzz-\(name)", dependencies: ["Fuzzing"], path: "Tests/Fuzzers/\(name)",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
    }

/// The commit the package is built from, marked where the checkout differs from it. The Makefile gives it, since SwiftPM
/// keeps what it learnt of the checkout when it last read this file; without it that is what it says.
let revision =
    Context.environment["REVISION"].flatMap { $0.isEmpty ? nil : $0 }
    ?? Context.gitInformation.map { $0.currentCommit + ($0.hasUncommittedChanges ? "-modified" : "") }

let package = Package(
    name: "twilio-comms-exporter",
    products: [
        .executable(name: "twilio-comms-exporter", targets: ["twilio-comms-exporter"]),
        .executable(name: "comms-simulator", targets: ["comms-simulator"]),
        // Only for tests, which put it before the C library in the programs they start.
        .library(name: "TimeWarp", type: .dynamic, targets: ["CTimeWarp"]),
        .library(name: "DiskWarp", type: .dynamic, targets: ["CDiskWarp"]),
    ],
    dependencies: [
        // Exactly these, which need no others: their commits are in deploy/release/swift-packages.
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        // Without its default traits, which would bring in all of Foundation.
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
    ],
    targets: [
        // The C libraries, importable: typed shims for what Swift cannot call, no logic.
        // Without pkg-config, whose flags on Debian 13 are not needed, and refused with a warning.
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypt", pkgConfig: "libxcrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CGnuTLS", pkgConfig: "gnutls", providers: [.apt(["libgnutls28-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CProcess"),
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        // A header alone: pkg-config would have a library linked that nothing calls.
        .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CSimdjson", cxxSettings: checkedCxx, linkerSettings: [.linkedLibrary("simdjson")]),

        .target(
            name: "CBuild", cSettings: checkedC + (revision.map { [.define("REVISION", to: "\"\($0)\"")] } ?? [])),

        // A lock, below everything that shares state between threads.
        module("Locking"),

        // Values and wraps: none of these knows another.
        module("Operations", ["CXXHash"]),
        .target(
            name: "Exposition", dependencies: [protobuf], exclude: ["Protobuf/metrics.proto"], swiftSettings: strict),
        module("Gzip", ["CZlib"]),
        module("SQLite", ["CSQLite"]),
        module("HTTPClient", ["CCurl", "CMalloc", "Locking"]),
        module("HTTPServer", ["CGnuTLS", "CMicrohttpd", "Locking"]),
        module("Passwords", ["CCrypt", "Locking"]),
        module("Console", ["CProcess", "Locking", log]),
        module("Files"),
        module("Systemd"),
        module("StrictYAML", ["CYAML", "Files"]),

        // The domain: what the API says, what the ledger remembers, when to ask again.
        module("CommsAPI", ["Operations", "HTTPClient", "Locking", "CSimdjson"]),
        module("Ledger", ["Locking", "Operations", "SQLite"]),
        module("Polling", ["CMalloc", "Operations", "CommsAPI", "Ledger", "Exposition", "Locking", log]),

        // What it was told, what it says, and to whom: siblings that the exporter joins.
        module(
            "Configuration",
            [
                "CommsAPI", "Files", "HTTPServer", "Locking", "Operations", "Passwords", "Polling", "StrictYAML",
            ]),
        module("Metrics", ["CBuild", "CommsAPI", "Exposition", "Files", "Ledger", "Operations", "Polling"]),
        module(
            "Web",
            [
                "CommsAPI", "Exposition", "Gzip", "HTTPServer", "Ledger", "Locking", "Metrics", "Operations",
                "Passwords", "Polling",
            ]),

        // The programs.
        module(
            "Exporter",
            [
                "CommsAPI", "Configuration", "Files", "HTTPClient", "HTTPServer", "Ledger", "Locking", "Metrics",
                "Operations", "Polling", "Systemd", "Web", log,
            ]),
        module("Simulator", ["Operations", "HTTPServer", "Locking"]),
        program(
            "twilio-comms-exporter",
            [
                "CMalloc", "Configuration", "Console", "Exporter", "HTTPClient", "Metrics", "Operations",
                argumentParser, log,
            ]),
        program("comms-simulator", ["Simulator", "HTTPServer", "Operations", "Console", argumentParser]),

        .target(name: "CTimeWarp", path: "Tests/CTimeWarp"),
        .target(name: "CDiskWarp", path: "Tests/CDiskWarp"),
        .target(name: "CFaultyDisk", dependencies: ["CSQLite"], path: "Tests/CFaultyDisk"),

        // What `make count` measures, one piece of work at a time.
        .target(name: "CMeasurement", path: "Tests/CMeasurement"),
        .executableTarget(
            name: "microbenchmarks",
            dependencies: [
                "CMeasurement", "CommsAPI", "Console", "Exposition", "Gzip", "HTTPClient", "HTTPServer", "Ledger",
                "Locking", "Metrics", "Operations", "Polling", "Web",
            ],
            path: "Tests/Benchmarks/Microbenchmarks", swiftSettings: strict),

        // Tests; TestSupport is what several of them share.
        .target(
            name: "TestSupport", dependencies: ["HTTPServer", "Locking", "Operations", "SQLite"],
            path: "Tests/TestSupport",
            swiftSettings: strict),
        // What the fuzzers call with every input, and FuzzingTests with what they began with and found.
        .target(
            name: "Fuzzing",
            dependencies: [
                "CommsAPI", "Exposition", "HTTPClient", "HTTPServer", "Ledger", "Locking", "Operations", "Polling",
                "SQLite", "TestSupport", "Web",
            ],
            path: "Tests/Fuzzing", swiftSettings: strict),
        tests("FuzzingTests", ["Fuzzing", "TestSupport"], resources: [.copy("Seeds")]),
        tests("OperationsTests", ["Operations"]),
        tests("ExpositionTests", ["Exposition", "TestSupport", protobuf]),
        tests("GzipTests", ["Gzip", "TestSupport"]),
        tests("SQLiteTests", ["SQLite", "TestSupport"]),
        tests("HTTPClientTests", ["HTTPClient", "HTTPServer", "TestSupport"]),
        tests("HTTPServerTests", ["HTTPServer", "HTTPClient", "TestSupport"]),
        tests("ConsoleTests", ["Console", "TestSupport", log]),
        tests("SystemdTests", ["Systemd", "TestSupport"]),
        tests("CommsAPITests", ["CommsAPI", "Operations", "HTTPClient", "HTTPServer", "Simulator", "TestSupport"]),
        tests(
            "LedgerTests", ["CFaultyDisk", "Ledger", "Locking", "Operations", "Simulator", "SQLite", "TestSupport"],
            resources: [.copy("Fixtures")]),
        tests(
            "PollingTests",
            [
                "Polling", "CommsAPI", "HTTPClient", "Ledger", "Locking", "Operations", "HTTPServer", "SQLite",
                "TestSupport", log,
            ]),
        tests("PasswordsTests", ["Locking", "Passwords", "TestSupport"]),
        tests("FilesTests", ["Files", "TestSupport"]),
        tests("StrictYAMLTests", ["StrictYAML"]),
        tests(
            "ConfigurationTests",
            ["CommsAPI", "Configuration", "Files", "HTTPServer", "Operations", "Polling", "TestSupport"]),
        tests(
            "WebTests",
            [
                "CommsAPI", "Exposition", "Gzip", "HTTPServer", "Ledger", "Locking", "Metrics", "Operations",
                "Passwords", "Polling", "TestSupport", "Web",
            ]),
        tests(
            "ExporterTests",
            ["Configuration", "Exporter", "HTTPServer", "Locking", "Operations", "Systemd", "TestSupport", "Web", log]),
        tests("MicrobenchmarkTests", ["TestSupport"]),
        tests("SimulatorTests", ["Simulator", "HTTPServer", "Locking", "Operations", "TestSupport"]),
        tests(
            "AcceptanceTests",
            [
                "twilio-comms-exporter", "comms-simulator", "Exposition", "HTTPClient", "HTTPServer", "Locking",
                "Operations", "SQLite", "Simulator", "TestSupport", protobuf,
            ],
            resources: [.copy("Golden"), .copy("Browser"), .copy("Webhook")]),
    ] + fuzzers
)
