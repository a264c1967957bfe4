import CCurl
import Glibc

/// The sockets that libcurl has open, to find the one of a transfer. Lives on the thread of a `TransferLoop`.
///
/// libcurl itself tells the socket of a transfer that is over only where nothing else uses its connection
/// (https://curl.se/libcurl/c/CURLINFO_ACTIVESOCKET.html); over HTTP/2 others may.
final class OpenSockets {
    private var descriptors: Set<Int32> = []

    /// Gives libcurl sockets that are in the set while they are open.
    ///
    /// The set must outlive the handle's multi handle.
    func serve(_ easy: UnsafeMutableRawPointer) -> CURLcode {
        ccurl_set_sockets(easy, openSocket, closeSocket, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The socket from a local port to a peer, by its address; nil for port 0, and where it has been closed.
    ///
    /// The kernel gives one local port to several sockets where their peers differ.
    func descriptor(localPort: Int, peer: UnsafePointer<CChar>, peerPort: Int) -> Int32? {
        localPort > 0 ? descriptors.first { ccurl_connects($0, localPort, peer, peerPort) } : nil
    }

    /// Adds a socket.
    func add(_ descriptor: Int32) {
        descriptors.insert(descriptor)
    }

    fileprivate func open(_ address: curl_sockaddr) -> Int32 {
        let descriptor = socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
        if descriptor >= 0 { add(descriptor) }
        return descriptor
    }

    fileprivate func close(_ descriptor: Int32) -> Int32 {
        descriptors.remove(descriptor)
        return Glibc.close(descriptor)
    }
}

/// libcurl's request for a socket; `context` is an `OpenSockets`.
private func openSocket(
    context: UnsafeMutableRawPointer?, purpose: curlsocktype, address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let address else { return -1 }
    return Unmanaged<OpenSockets>.fromOpaque(context).takeUnretainedValue().open(address.pointee)
}

/// libcurl's farewell to a socket; `context` is an `OpenSockets`.
private func closeSocket(context: UnsafeMutableRawPointer?, descriptor: curl_socket_t) -> Int32 {
    guard let context else { return -1 }
    return Unmanaged<OpenSockets>.fromOpaque(context).takeUnretainedValue().close(descriptor)
}
