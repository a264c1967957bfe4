package import Logging

/// Makes each log record one line of a `LineWriter`, so that whoever logs never waits.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let format: LogFormat
    private let writer: LineWriter
    private let now: @Sendable () -> String

    /// `now` gives the value of `ts`. The writer tells of dropped lines in the same format from now on.
    package init(
        format: LogFormat, level: Logger.Level, writer: LineWriter = .standardError,
        now: @escaping @Sendable () -> String
    ) {
        self.format = format
        self.writer = writer
        self.now = now
        logLevel = level
        writer.sayDropped { count in
            format.line([
                ("ts", now()), ("level", Self.name(of: .error)),
                ("msg", "log lines were dropped because nobody read standard error, or it could not be written"),
                ("dropped", "\(count)"),
            ])
        }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        writer.write(
            format.line(
                [("ts", now()), ("level", Self.name(of: event.level)), ("msg", "\(event.message)")]
                    + pairs.map { ($0.key, "\($0.value)") }))
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
