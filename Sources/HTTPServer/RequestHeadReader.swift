/// Reads a head part by part, and copies nothing as long as it is the same as another one.
struct RequestHeadReader {
    private let other: RequestHead
    /// How much of the other one has been found again.
    private var end = 0
    /// What has been read since it differs.
    private var new: RequestHead?

    init(besides other: RequestHead) {
        self.other = other
    }

    /// What has been read; nil where it is the same to the byte.
    var difference: RequestHead? { new ?? (end == other.size ? nil : other.prefix(end)) }

    mutating func read(
        _ kind: RequestHead.Kind, _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) {
        if new == nil, let size = other.size(at: end, of: kind, name, value) {
            end += size
        } else {
            if new == nil { new = other.prefix(end) }
            new?.append(kind, name, value)
        }
    }
}
