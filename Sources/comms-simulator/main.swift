import Glibc

exit(runSimulator(Array(CommandLine.arguments.dropFirst())))
