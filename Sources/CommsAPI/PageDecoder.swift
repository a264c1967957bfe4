import CSimdjson
import Glibc
package import HTTPClient
package import Locking
package import Operations

/// Reads the bodies the API answers with, for one resource.
///
/// Every call reuses the buffers of the parser, so it belongs to one task at a time.
package final class PageDecoder {
    private let parser = JSONParser()
    /// What the resource calls each stat, as C strings of our own, in the order of `Stat`; nil where it has none.
    private let statNames: [UnsafePointer<CChar>?]

    package init(resource: Resource) {
        precondition(Stat.allCases.count == CSIMDJSON_STATS, "the parser reads as many stats as there are names")
        statNames = Stat.allCases.map { resource.name(of: $0).map { UnsafePointer(strdup($0)) } }
    }

    deinit {
        for case let name? in statNames { free(UnsafeMutablePointer(mutating: name)) }
    }

    /// One page of the list: `{"operations": […], "pagination": {"next": …}}`.
    ///
    /// A fault of one operation is counted in the page. Anything but complete, valid JSON of this shape gives no page
    /// at all; so does a `next` that is neither text nor null, because where the list goes on is then unknown. Operations
    /// that are `known` to look as they do are left out.
    package func decode(_ body: HTTPBody, known: Locked<FingerprintTable>? = nil) throws(MalformedBody) -> Page {
        try body.withPaddedBytes { (bytes) throws(MalformedBody) in
            guard let known else { return try page(in: bytes, nil, nil, generation: nil) }
            return try known.withLock { known in
                var familiarity = Familiarity(known)
                return withUnsafeMutablePointer(to: &familiarity) { familiarity in
                    Result { () throws(MalformedBody) in
                        try page(in: bytes, judge, familiarity, generation: known.generation)
                    }
                }
            }.get()
        }
    }

    /// The page that no content stands for: empty, and the last.
    func empty(known: Locked<FingerprintTable>?) -> Page {
        var page = Page(
            sightings: [], ids: [], generation: known?.withLock { $0.generation }, invalid: [:], nextToken: nil)
        page.hasContent = false
        return page
    }

    private func page(
        in bytes: UnsafeRawBufferPointer, _ judge: csimdjson_judge?, _ context: UnsafeMutableRawPointer?,
        generation: Int?
    ) throws(MalformedBody) -> Page {
        var page = csimdjson_page()
        try check(
            csimdjson_decode_page(parser.handle, statNames, bytes.baseAddress, bytes.count, judge, context, &page))
        return try withExtendedLifetime(self) { () throws(MalformedBody) in try Page(page, generation: generation) }
    }

    /// The operation of this id, as it is fetched by it: a page of one, or of none where the creation time is unreadable.
    ///
    /// Faults are counted in the page. A body of another id, or of none, is no answer: throws.
    package func decodeOperation(_ body: HTTPBody, id: String) throws(MalformedBody) -> Page {
        try body.withPaddedBytes { (bytes) throws(MalformedBody) in
            var raw = csimdjson_operation()
            try check(csimdjson_decode_operation(parser.handle, statNames, bytes.baseAddress, bytes.count, &raw))
            return try withExtendedLifetime(self) { () throws(MalformedBody) in try Page(&raw, id: id) }
        }
    }

    private func check(_ fault: UnsafePointer<CChar>?) throws(MalformedBody) {
        if let fault { throw MalformedBody(String(cString: fault)) }
    }
}

/// The parser's question whether the text of an operation is known; `context` is a `Familiarity`.
private let judge: csimdjson_judge = { context, operation in
    guard let text = operation.pointee.text.value else { return false }
    let (isKnown, id) = context.assumingMemoryBound(to: Familiarity.self).pointee.judge(text)
    operation.pointee.mark = id ?? 0
    return isKnown
}
