/// The account SID whose hexadecimal digits are all the same: a right one that is easily told from others.
package func accountSID(_ digit: Character) -> String { "AC" + String(repeating: digit, count: 32) }
