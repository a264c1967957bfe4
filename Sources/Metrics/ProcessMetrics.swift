package import Exposition
internal import Files
internal import Glibc

/// What the kernel says of this process, under the names every Prometheus client library uses
/// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
package enum ProcessMetrics {
    /// As of now; what cannot be read is left out.
    package static func families() -> [MetricFamily] {
        var families: [MetricFamily] = []
        func add(_ name: String, _ type: MetricType, _ help: String, _ value: SampleValue, since start: Int64? = nil) {
            families.append(MetricFamily(name, type, help, [Series([], value, since: start)]))
        }
        if let status = ProcessStatus() {
            add(
                "process_cpu_seconds_total", .counter, "User and system CPU time.", .double(status.cpuSeconds),
                since: Int64((status.startSeconds * 1000).rounded()))
            add("process_resident_memory_bytes", .gauge, "Resident memory.", .integer(status.residentBytes))
            add("process_virtual_memory_bytes", .gauge, "Virtual memory.", .integer(status.virtualBytes))
            add("process_start_time_seconds", .gauge, "Start of the process.", .double(status.startSeconds))
            add("process_threads", .gauge, "Threads.", .integer(status.threads))
        }
        if let open = openDescriptors() {
            add("process_open_fds", .gauge, "Open file descriptors.", .integer(open))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            let most =
                limit.rlim_cur == rlim_t.max ? SampleValue.double(.infinity) : .integer(Int64(clamping: limit.rlim_cur))
            add("process_max_fds", .gauge, "Most file descriptors that may be open.", most)
        }
        return families
    }

    private static func openDescriptors() -> Int64? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var entries: Int64 = 0
        while readdir(folder) != nil { entries += 1 }
        // Without `.`, `..` and the descriptor of this very look.
        return entries - 3
    }
}

/// The fields of `/proc/self/stat` that metrics need (proc(5)).
private struct ProcessStatus {
    let cpuSeconds: Double
    let threads: Int64
    let startSeconds: Double
    let virtualBytes: Int64
    let residentBytes: Int64

    init?() {
        // The second field, the program's name, may hold anything; the third begins after the last parenthesis.
        guard let text = try? readFile("/proc/self/stat"), let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ")
        let field = { (number: Int) in fields.count > number - 3 ? Int64(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let pages = field(24), let boot = Self.bootSeconds
        else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        cpuSeconds = Double(user + system) / ticks
        self.threads = threads
        startSeconds = boot + Double(start) / ticks
        virtualBytes = virtual
        residentBytes = pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// When the machine was started, by its clock when that was first asked for: the kernel moves it when the clock is set,
    /// and the start of this process with it.
    private static let bootSeconds: Double? = {
        let lines = (try? readFile("/proc/stat"))?.split(separator: "\n") ?? []
        return lines.first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }()
}
