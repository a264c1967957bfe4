import Dispatch
import Fuzzing

private let check = Result { try AnswerCheck() }

/// Called by libFuzzer with every input; ends the program where a promise is broken.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let isChecked = DispatchSemaphore(value: 0)
    Task.detached {
        do { try await check.get().run(bytes) } catch { fatalError("\(error)") }
        isChecked.signal()
    }
    isChecked.wait()
    return 0
}
