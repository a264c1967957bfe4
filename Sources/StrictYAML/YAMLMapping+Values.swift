extension YAMLMapping {
    /// A text that is not empty.
    package func text(_ key: String) -> String? {
        value(key, "a text that is not empty") { $0.isEmpty ? nil : $0 }
    }

    /// A text; nil for an empty one, too. Faults do not repeat it.
    package func textOrNothing(_ key: String, _ expected: String) -> String? {
        value(key, expected, quoting: false) { $0 }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A list of texts.
    package func texts(_ key: String) -> [String]? {
        values(key, "a text that is not empty") { $0.isEmpty ? nil : $0 }
    }

    /// True or false in the spellings of YAML 1.1 (https://yaml.org/type/bool.html), without the single letters.
    package func boolean(_ key: String) -> Bool? {
        value(key, "true or false") { text in
            switch text.lowercased() {
            case "true", "yes", "on": true
            case "false", "no", "off": false
            default: nil
            }
        }
    }

    /// A whole number in decimal digits.
    package func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        value(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number such as 0.5 or 20.
    package func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        value(key, "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}
