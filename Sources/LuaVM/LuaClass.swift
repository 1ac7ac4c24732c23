/// A class of objects that the host gives to scripts. They are read-only; a field that does not exist is an error.
public struct LuaClass {
  /// What a name of the class is.
  public enum Member {
    /// A value that was stored when the object was made.
    case slot(Int)
    /// A value made at each read, from the object (argument 1).
    case computed(LuaState.Function)
    /// A function called as `object:name(…)`; the object is argument 1.
    case method(LuaState.Function)
  }

  /// Its number in the state, 0 ..< 16.
  public var id: Int32
  /// What scripts see in messages and from `tostring`.
  public var name: String
  /// Its fields and methods.
  public var members: [(name: String, member: Member)]

  /// A class.
  public init(id: Int32, name: String, members: [(name: String, member: Member)]) {
    self.id = id
    self.name = name
    self.members = members
  }
}
