import CMalloc
import Glibc
internal import Locking

/// Bytes that come in parts, with room for an `HTTPBody`'s padding after them.
///
/// Beyond the size of a page of operations it is not the heap's, which copies what grows and keeps what is freed, but pages
/// of its own, which the kernel moves: https://man7.org/linux/man-pages/man2/mremap.2.html
///
/// Proof of Sendable: it is changed by its one owner only, a transfer or the `HTTPBody` that is made of it.
final class BodyBuffer: @unchecked Sendable {
    /// Room that a body takes from the heap, and out of no budget: more than a page of 1,000 operations needs.
    private static let free = 1 << 20
    /// Bytes that all bodies in the process may take beyond that, so that many accounts whose API goes wrong at once take no
    /// more than one: the longest body, and some.
    private static let budget = Locked(80 << 20)

    private(set) var bytes: UnsafeMutableRawPointer
    private(set) var count = 0
    private(set) var capacity: Int
    private var isCounted = false
    /// True while it has pages of its own.
    private var isMapped = false

    init() {
        capacity = HTTPBody.padding
        bytes = allocated(realloc(nil, capacity))
    }

    /// Copies bytes, whatever the budget.
    convenience init(_ copied: UnsafeRawBufferPointer) {
        self.init()
        grow(to: copied.count + HTTPBody.padding)
        append(copied)
    }

    deinit {
        release()
        if isCounted { Self.budget.withLock { $0 += Self.excess(capacity) } }
    }

    /// Takes a part of a response; false where all responses together have become too large.
    ///
    /// Makes room at once for a body of `length` bytes where it is the first part of one, but not for megabytes that need
    /// never come; else grows by half.
    func take(_ part: UnsafeRawBufferPointer, expecting length: Int) -> Bool {
        let needed = count + part.count + HTTPBody.padding
        if needed > capacity {
            let wanted = max(needed, count == 0 ? min(length, 4 << 20) + HTTPBody.padding : capacity + capacity / 2)
            // Counts what is there already with the first growth.
            let more = Self.excess(wanted) - (isCounted ? Self.excess(capacity) : 0)
            let isGranted = Self.budget.withLock { left in
                guard more <= left else { return false }
                left -= more
                return true
            }
            guard isGranted else { return false }
            isCounted = true
            grow(to: wanted)
        }
        append(part)
        return true
    }

    /// Writes the padding.
    func pad() {
        memset(bytes + count, 0, HTTPBody.padding)
    }

    private func append(_ part: UnsafeRawBufferPointer) {
        guard let start = part.baseAddress else { return }
        (bytes + count).copyMemory(from: start, byteCount: part.count)
        count += part.count
    }

    private func grow(to size: Int) {
        if size <= Self.free {
            bytes = allocated(realloc(bytes, size))
        } else if isMapped {
            bytes = allocated(cmalloc_remap(bytes, capacity, size))
        } else {
            let pages = allocated(cmalloc_map(size))
            pages.copyMemory(from: bytes, byteCount: count)
            release()
            bytes = pages
            isMapped = true
        }
        capacity = size
    }

    private func release() {
        if isMapped { munmap(bytes, capacity) } else { Glibc.free(bytes) }
    }

    private static func excess(_ capacity: Int) -> Int { max(0, capacity - free) }
}

/// Without memory there is no going on, as for all that Swift allocates.
private func allocated(_ block: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer {
    guard let block else { fatalError("no memory for a response") }
    return block
}
