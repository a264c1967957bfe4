import Foundation

/// A number that whoever runs the tests has set in the environment, or nil.
package func setting<Number: FixedWidthInteger>(_ name: String) -> Number? {
    ProcessInfo.processInfo.environment[name].flatMap { Number($0) }
}
