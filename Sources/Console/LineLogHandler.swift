internal import Glibc
package import Logging

/// Writes each log record as one line to a file descriptor, in one call, so that lines of several threads never mix.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let format: LogFormat
    private let descriptor: Int32
    private let now: @Sendable () -> String

    /// `now` gives the value of `ts`.
    package init(
        format: LogFormat, level: Logger.Level, descriptor: Int32 = STDERR_FILENO,
        now: @escaping @Sendable () -> String
    ) {
        self.format = format
        self.descriptor = descriptor
        self.now = now
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let line = format.line(
            [("ts", now()), ("level", Self.name(of: event.level)), ("msg", "\(event.message)")]
                + pairs.map { ($0.key, "\($0.value)") })
        writeAll(Array(line.utf8), to: descriptor)
    }

    /// The four levels of `--log.level`; swift-log's other three fold into them.
    private static func name(of level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "debug"
        case .info, .notice: "info"
        case .warning: "warn"
        case .error, .critical: "error"
        }
    }
}
