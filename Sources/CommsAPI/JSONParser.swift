import CSimdjson

/// The owner of a parser of simdjson's and of the buffers it reuses. Belongs to one task at a time.
final class JSONParser {
    let handle: OpaquePointer

    init() {
        // Like an allocation of Swift's own, this fails only where there is no memory.
        guard let handle = csimdjson_create() else { preconditionFailure("no memory for a JSON parser") }
        self.handle = handle
    }

    deinit {
        csimdjson_destroy(handle)
    }
}
