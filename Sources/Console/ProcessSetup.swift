internal import CProcess
internal import Glibc

/// Makes the process safe to run whatever it was started with. To be called before anything else, on the only thread.
package func setUpProcess() {
    openClosedStreams()
    forbidCoreDumps()
    unblockSignals()
    obeySignalsAsFirstProcess()
    // Output that nobody reads is an error like any other, and a client that hangs up is none.
    signal(SIGPIPE, SIG_IGN)
}

/// Opens /dev/null for each standard stream that is closed: the next file opened, such as a ledger, would take its number,
/// and the log would be written into it. Such a stream cannot be written, so that output that is lost is known to be.
private func openClosedStreams() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
        // The lowest number that is free, which is this one.
        guard open("/dev/null", O_RDONLY) < 0 else { continue }
        // A bare chroot has no /dev.
        _ = open("/", O_RDONLY)
    }
}

/// Keeps memory, which holds secrets, out of core dumps, and out of reach of other processes of the same user.
///
/// A limit of 0 does not keep the kernel from piping a dump to a program (core(5)), so the process is made undumpable as well
/// (prctl(2), PR_SET_DUMPABLE). It can still read all of its own /proc/self, but other processes of its user cannot.
private func forbidCoreDumps() {
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    _ = cprocess_set_dumpable(0)
}

/// The signals by which people and programs ask a process to end.
private let endingSignals = [SIGTERM, SIGINT, SIGHUP, SIGQUIT]

/// Lets in the signals that end a process: one that was started by a thread that blocks them would never hear them.
private func unblockSignals() {
    var set = sigset_t()
    sigemptyset(&set)
    for number in endingSignals { sigaddset(&set, number) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
}

/// Has SIGTERM and its like end the process where it is the first of its PID namespace, as a container's is: the kernel keeps
/// from such a process each signal for which it has no handler (pid_namespaces(7)).
private func obeySignalsAsFirstProcess() {
    guard getpid() == 1 else { return }
    for number in endingSignals {
        var action = sigaction()
        sigaction(number, nil, &action)
        // A shell has what it starts in the background ignore SIGINT; what else is ignored is so on purpose.
        let isDefault = action.__sigaction_handler.sa_handler == nil
        guard isDefault || number == SIGTERM || number == SIGINT else { continue }
        // The status that a shell gives for a program ended by the signal.
        signal(number) { _exit(128 + $0) }
    }
}
