import CCurl

/// A day: whoever asks for a longer pause gets this one.
private let longestPause: Int64 = 86_400
/// The last second an HTTP-date can name.
private let endOf9999: Int64 = 253_402_300_799

/// An HTTP-date in any of its three forms (RFC 9110, section 5.6.7); nil for anything else.
func secondsSince1970(_ text: String) -> Int64? {
    // libcurl's reader takes much more than that; all three forms begin with the name of a day.
    guard text.first?.isLetter == true else { return nil }
    let seconds = Int64(curl_getdate(text, nil))
    return 0...endOf9999 ~= seconds ? seconds : nil
}

/// The pause a `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3).
///
/// A date counts from the response's own `date` and not from our clock, which may be wrong; without one it says nothing.
/// A date that has passed is no pause. Returns nil for anything else, such as a negative number.
func retryAfter(_ text: String, date: Int64?) -> Duration? {
    if !text.isEmpty, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) {
        return .seconds(min(Int64(text) ?? longestPause, longestPause))
    }
    guard let date, let moment = secondsSince1970(text) else { return nil }
    return .seconds(max(0, min(moment - date, longestPause)))
}
