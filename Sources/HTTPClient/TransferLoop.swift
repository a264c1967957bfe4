import CCurl
import Glibc

/// What the thread of a client does: starts, drives and ends transfers. Lives on that thread only.
final class TransferLoop {
    private let queue: TransferQueue
    private var running: [Transfer] = []

    init(queue: TransferQueue) {
        self.queue = queue
    }

    deinit {
        // Easy handles leave the multi handle, and are freed before it: https://curl.se/libcurl/c/curl_multi_cleanup.html
        failAll(.canceled)
    }

    /// Returns once the queue is closed; whatever is in flight then is canceled.
    func run() {
        blockSignals()
        // Like the pollers it works for, which give way to those who serve.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 2)
        while true {
            let work = queue.take()
            for job in work.starting { start(job) }
            for id in work.canceled { cancel(id) }
            if work.isClosed { return }
            perform()
            finishDone()
            endExcessive()
            wait()
        }
    }

    private func start(_ job: TransferQueue.Job) {
        guard let transfer = Transfer(sockets: queue.sockets, proxies: queue.proxies) else {
            job.continuation.resume(returning: .failure(.network("no memory for a transfer")))
            return
        }
        do {
            try transfer.prepare(job)
        } catch {
            transfer.end(.failure(error))
            return
        }
        running.append(transfer)
        let code = curl_multi_add_handle(queue.multi, transfer.easy)
        if code != CURLM_OK { finish(transfer, .failure(.network(String(cString: curl_multi_strerror(code))))) }
    }

    private func cancel(_ id: Int) {
        guard let transfer = running.first(where: { $0.id == id }) else { return }
        transfer.leaveSilentConnection()
        finish(transfer, .failure(.canceled))
    }

    private func perform() {
        var stillRunning: Int32 = 0
        let code = curl_multi_perform(queue.multi, &stillRunning)
        if code != CURLM_OK { failAll(.network(String(cString: curl_multi_strerror(code)))) }
    }

    private func finishDone() {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(queue.multi, &remaining)?.pointee {
            guard message.msg == CURLMSG_DONE, let transfer = running.first(where: { $0.easy == message.easy_handle })
            else { continue }
            if message.data.result == CURLE_OPERATION_TIMEDOUT { transfer.shutDownConnection() }
            finish(transfer, transfer.outcome(message.data.result))
        }
    }

    private func endExcessive() {
        for transfer in running {
            if let error = transfer.excessive() { finish(transfer, .failure(error)) }
        }
    }

    /// Sleeps until a socket, a timer of libcurl's or `curl_multi_wakeup` wants the thread.
    private func wait() {
        let code = curl_multi_poll(queue.multi, nil, 0, 60_000, nil)
        guard code != CURLM_OK else { return }
        failAll(.network(String(cString: curl_multi_strerror(code))))
        // Should poll(2) itself fail, and keep failing, then not as fast as it can.
        sleep(1)
    }

    private func finish(_ transfer: Transfer, _ outcome: Result<HTTPResponse, HTTPClientError>) {
        curl_multi_remove_handle(queue.multi, transfer.easy)
        running.removeAll { $0 === transfer }
        transfer.end(outcome)
    }

    private func failAll(_ error: HTTPClientError) {
        for transfer in running { finish(transfer, .failure(error)) }
    }
}

/// Signals are for the main thread. SIGPIPE must not come here either: with NOSIGNAL libcurl leaves it alone, and a TLS
/// connection that the peer has closed raises it.
private func blockSignals() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
}
