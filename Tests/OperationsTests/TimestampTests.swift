import Operations
import Testing

@Suite struct TimestampTests {
    @Test(
        "RFC 3339 date-times are read to the millisecond",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2024-04-20T14:00:00Z", 1_713_621_600_000),
            ("2024-04-20T14:00:00.5Z", 1_713_621_600_500), ("2024-04-20T14:00:00.123456789Z", 1_713_621_600_123),
            ("2024-04-20T16:30:00+02:30", 1_713_621_600_000), ("2024-04-20T09:00:00-05:00", 1_713_621_600_000),
            ("2024-02-29T00:00:00z", 1_709_164_800_000), ("2000-02-29t12:00:00Z", 951_825_600_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ])
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        "anything else is not a date",
        arguments: [
            "", "2024", "2024-04-20", "2024-04-20T14:00Z", "2024-04-20T14:00:00", "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2024-04-31T00:00:00Z",
            "2024-04-20T24:00:00Z", "2024-04-20T14:60:00Z", "2024-04-20T14:00:61Z", "2024-04-20T14:00:00.Z",
            "2024-04-20T14:00:00+2:00", "2024-04-20T14:00:00Z ", " 2024-04-20T14:00:00Z", "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:60Z",
            "9999-12-31T00:01:00-23:59", "2024-04-20T14:00:00+24:00", "２０２４-04-20T14:00:00Z", "yesterday",
        ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        "dates are read as the API may write them",
        arguments: [
            ("2024-04-20T14:00:00Z", 0), ("2024-04-20T14:00:00", 0), ("2024-04-20 14:00:00.25", 250),
            ("2024-04-20T14:00:00+0000", 0), ("2024-04-20T16:30:00+0230", 0), ("2024-04-20T09:00:00-05", 0),
            ("2024-04-20T14:00:00+00", 0), ("Sat, 20 Apr 2024 14:00:00 GMT", 0), ("Sat, 20 Apr 2024 14:00:00 +0000", 0),
            ("20 Apr 2024 09:00:00 -0500", 0), ("sat, 20 APR 2024 14:00 utc", 0), ("Sat, 20 Apr 2024 14:00:07 Z", 7000),
            ("1 Jan 1970 00:00:00 GMT", -1_713_621_600_000),
        ])
    func readsListed(text: String, later: Int64) {
        #expect(Timestamp(listed: text)?.milliseconds == 1_713_621_600_000 + later)
    }

    @Test(
        "what is no date is none, however it may be written",
        arguments: [
            "", "2024-04-20", "2024-04-20T14:00", "2024-04-20T14:00:00+0", "2024-04-20T14:00:00+000",
            "2024-04-20T14:00:00+24", "2024-04-20T14:00:00 ", "Sat, 31 Apr 2024 14:00:00 GMT",
            "Sat 20 Apr 2024 14:00:00 GMT",
            "Sat, 20 Apr 24 14:00:00 GMT", "Sat, 20 Apr 2024 14:00:00", "Sat, 20 Apr 2024 14:00:00 EST", "Sat,",
            "Caturday, 20 Apr 2024 14:00:00 GMT", "0 Jan 2024 00:00:00 GMT", "31 Dec 1969 23:59:59 GMT",
        ])
    func refusesListed(text: String) {
        #expect(Timestamp(listed: text) == nil)
    }

    @Test("written dates are whole seconds, and read back the same")
    func writes() {
        for day in stride(from: Int64(0), through: 80_000, by: 13) {
            let time = Timestamp(seconds: day * 86_400 + day % 86_400)
            #expect(Timestamp(rfc3339: time.description) == time)
        }
        #expect(Timestamp(milliseconds: 1_713_621_600_999).description == "2024-04-20T14:00:00Z")
        #expect(Timestamp(milliseconds: -1).description == "1969-12-31T23:59:59Z")
    }
}
