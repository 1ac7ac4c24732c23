import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// NIO's errors in words that a person understands.
func describe(_ error: any Error) -> String {
  switch error {
  case let error as IOError: String(cString: strerror(error.errnoCode))
  case let error as NIOConnectionError:
    error.connectionErrors.first.map { describe($0.error) } ?? "\(error.host):\(error.port) does not answer"
  case ChannelError.connectTimeout(let time): "no answer within \(time.nanoseconds / 1_000_000_000) s"
  default: "\(error)"
  }
}
