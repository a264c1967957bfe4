import CSimdjson
import Operations

extension Page {
    /// Judges what the parser found, and leaves out the operations that look as they are known to.
    init(_ raw: csimdjson_page, known: FingerprintTable?) throws(MalformedBody) {
        let nextToken = try PageToken(raw)
        var faults: [InvalidReason: Int] = [:]
        var operations: [Operation] = []
        var ids: [UInt64] = []
        ids.reserveCapacity(raw.count)
        var changed: Set<UInt64> = []
        for index in 0..<raw.count {
            guard let element = raw.operations?.advanced(by: index) else { break }
            let listed = ListedOperation(element)
            let fingerprint = listed.fingerprint
            if let fingerprint, let known, !known.isNews(fingerprint, changed: &changed) {
                listed.countTolerated(&faults)
            } else if let operation = listed.operation(counting: &faults) {
                operations.append(operation)
            } else {
                continue
            }
            if let fingerprint { ids.append(fingerprint.id) }
        }
        self.init(
            operations: operations, ids: ids, generation: known?.generation, invalid: faults, nextToken: nextToken)
    }

    /// Judges an operation that stands alone, and must be the one of this id.
    init(_ raw: UnsafePointer<csimdjson_operation>, id: String) throws(MalformedBody) {
        guard let found = raw.pointee.id.value, found.elementsEqual(id.utf8) else {
            throw MalformedBody("the operation has another id")
        }
        var faults: [InvalidReason: Int] = [:]
        let operation = ListedOperation(raw).operation(counting: &faults)
        self.init(operations: operation.map { [$0] } ?? [], invalid: faults)
    }
}

extension PageToken {
    /// Tokens seen are some hundred bytes; a longer one than this would not fit a request.
    private static let longest = 4096

    /// Nil at the end of the list: no `pagination`, or a `next` that is null, missing or empty.
    ///
    /// Where `next` is a URL, only its `pageToken` is taken: what the API says never decides which host is asked.
    fileprivate init?(_ raw: csimdjson_page) throws(MalformedBody) {
        guard raw.pagination_kind != .wrong else { throw MalformedBody("pagination is not an object") }
        guard raw.next.kind != .wrong else { throw MalformedBody("pagination.next is not text") }
        guard let text = raw.next.value, !text.isEmpty else { return nil }
        guard text.count <= Self.longest else { throw MalformedBody("pagination.next is too long") }
        let next = String(decoding: text, as: UTF8.self)
        guard next.hasPrefix("https://") || next.hasPrefix("http://") else {
            self.init(next)
            return
        }
        guard let token = queryValue(of: "pageToken", in: next), !token.isEmpty else {
            throw MalformedBody("pagination.next is a URL without a pageToken")
        }
        self.init(token)
    }
}
