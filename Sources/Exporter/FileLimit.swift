internal import Glibc

/// How many files the process may have open, which is also how many connections it can hold.
package enum FileLimit {
    /// Kept back from connections, besides what accounts take: the log, the configuration, and libdispatch, which traps
    /// where it cannot open a file of /proc.
    static let reserve = 64
    /// For an account's ledgers and its connections to the API.
    static let perAccount = 27
    /// Fewer connections than this would not even serve the scrapers.
    static let fewestConnections = 32

    /// Raises the limit to what the system allows and returns it. The low default of 1024 is there for programs that use
    /// select(2), which this one does not.
    static func raise() -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// How many connections each of `listeners` may hold under a limit; at most `wanted`.
    static func connections(
        wanted: Int, listeners: Int, accounts: Int = 1, limit: Int
    ) throws(FileLimitError) -> Int {
        let reserve = reserve + perAccount * max(0, accounts - 1)
        let each = (limit - reserve) / max(1, listeners)
        guard each >= fewestConnections else {
            throw FileLimitError(limit: limit, needed: reserve + fewestConnections * listeners)
        }
        return min(wanted, each)
    }

    /// How many accounts there are files for, beside so many connections for each of `listeners`.
    static func accounts(connections: Int, listeners: Int, limit: Int) -> Int {
        1 + max(0, limit - reserve - connections * max(1, listeners)) / perAccount
    }
}

/// The limit of open files is too low to serve anybody.
struct FileLimitError: Error, Equatable, CustomStringConvertible {
    let limit: Int
    let needed: Int

    var description: String {
        "only \(limit) files may be open, and at least \(needed) are needed; raise the limit (ulimit -n, LimitNOFILE=)"
    }
}
