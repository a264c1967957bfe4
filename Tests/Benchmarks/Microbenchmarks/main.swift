import Glibc

exit(runMicrobenchmark(arguments: Array(CommandLine.arguments.dropFirst())))
