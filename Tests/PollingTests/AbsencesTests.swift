import Testing

@testable import Polling

/// Unfinished operations that the API does not know.
@Suite struct AbsencesTests {
    @Test("one that two complete weeks in a row do not list is given up, once")
    func givenUp() {
        var absences = Absences()
        absences.add("a", hash: 1)
        absences.weekBegins()
        #expect(absences.weekEnds() == [])
        absences.add("a", hash: 1)
        absences.weekBegins()
        #expect(absences.weekEnds() == ["a"])
        absences.weekBegins()
        #expect(absences.weekEnds() == [])
    }

    @Test("a week that was under way when the API was asked says nothing")
    func underWay() {
        var absences = Absences()
        absences.weekBegins()
        absences.add("a", hash: 1)
        #expect(absences.weekEnds() == [])
        absences.weekBegins()
        #expect(absences.weekEnds() == [])
        absences.weekBegins()
        #expect(absences.weekEnds() == ["a"])
    }

    @Test("one that is shown again is none")
    func shown() {
        var absences = Absences()
        absences.add("a", hash: 1)
        absences.add("b", hash: 2)
        absences.weekBegins()
        _ = absences.weekEnds()
        absences.remove([1, 3] as [UInt64])
        absences.weekBegins()
        #expect(absences.weekEnds() == ["b"])
    }
}
