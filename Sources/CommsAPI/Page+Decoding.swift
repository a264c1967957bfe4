import CSimdjson
import Operations

extension Page {
    /// Judges what the parser found. `generation` is that of the table that knew what was left unread.
    init(_ raw: csimdjson_page, generation: Int?) throws(MalformedBody) {
        let nextToken = try PageToken(raw)
        var faults: [InvalidReason: Int] = [:]
        var sightings: [Sighting] = []
        var ids: [UInt64] = []
        ids.reserveCapacity(raw.count)
        for index in 0..<raw.count {
            guard let element = raw.operations?.advanced(by: index) else { break }
            if element.pointee.is_known {
                ids.append(element.pointee.mark)
            } else if let sighting = ListedOperation(element).sighting(counting: &faults) {
                ids.append(Fingerprint.hash(ofID: sighting.operation.id))
                sightings.append(sighting)
            }
        }
        self.init(sightings: sightings, ids: ids, generation: generation, invalid: faults, nextToken: nextToken)
    }

    /// Judges an operation that stands alone, and must be the one of this id.
    init(_ raw: UnsafePointer<csimdjson_operation>, id: String) throws(MalformedBody) {
        guard let found = raw.pointee.id.value, found.elementsEqual(id.utf8) else {
            throw MalformedBody("the operation has another id")
        }
        var faults: [InvalidReason: Int] = [:]
        let sighting = ListedOperation(raw).sighting(counting: &faults)
        self.init(operations: sighting.map { [$0.operation] } ?? [], invalid: faults)
    }
}

extension PageToken {
    /// Tokens seen are some hundred bytes; a longer one than this would not fit a request.
    private static let longest = 4096

    /// Nil at the end of the list: no `pagination`, or a `next` that is null, missing, empty or equal to `self`.
    ///
    /// Where `next` is a URL, a path or a query, only its `pageToken` is taken: what the API says never decides which host is
    /// asked.
    fileprivate init?(_ raw: csimdjson_page) throws(MalformedBody) {
        guard raw.pagination_kind != .wrong else { throw MalformedBody("pagination is not an object") }
        guard raw.next.kind != .wrong else { throw MalformedBody("pagination.next is not text") }
        guard let text = raw.next.value, !text.isEmpty else { return nil }
        if let own = raw.own.value, own.elementsEqual(text) { return nil }
        guard text.count <= Self.longest else { throw MalformedBody("pagination.next is too long") }
        let next = String(decoding: text, as: UTF8.self)
        if let token = pageToken(in: next), !token.isEmpty {
            self.init(token)
        } else if next.hasPrefix("https://") || next.hasPrefix("http://") {
            throw MalformedBody("pagination.next is a URL without a pageToken")
        } else {
            self.init(next)
        }
    }
}
