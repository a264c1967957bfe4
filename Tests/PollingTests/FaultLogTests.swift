import Testing

@testable import Polling

@Suite struct FaultLogTests {
    var log = FaultLog()

    @Test("a fault is told when it starts, another when it comes in its place, neither again when they take turns")
    mutating func changes() {
        let polls = [["timed out"], ["timed out"], ["status 503", "timed out"], ["timed out"], ["status 503"]]
        let told = polls.map { log.news(of: $0) }
        #expect(told == [["timed out"], [], ["status 503"], [], []])
    }

    @Test("the end is told once, and after it the same fault is news again")
    mutating func end() {
        let before = log.isOver(with: true)
        let first = log.news(of: ["timed out"])
        let ends = [false, true, true].map { log.isOver(with: $0) }
        let again = log.news(of: ["timed out"])
        #expect(!before)
        #expect(first == ["timed out"])
        #expect(ends == [false, true, false])
        #expect(again == ["timed out"])
    }

    @Test("an API that says something else each time fills no disk")
    mutating func limit() {
        let told = (1...1000).flatMap { log.news(of: ["fault \($0)"]) }
        #expect(told.count == 20)
    }
}
