import Fuzzing

// libFuzzer calls from one thread.
nonisolated(unsafe) private let check = Result { try LedgerCheck() }

/// Called by libFuzzer with every input; ends the program where a promise is broken.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try check.get().run(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    } catch {
        fatalError("\(error)")
    }
}
