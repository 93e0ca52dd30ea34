namespace Throttle.Tests.Cluster.Harness;

/// <summary>What goes wrong with a storage operation.</summary>
public enum StorageFault
{
    None,

    /// <summary>It fails, and nothing has happened.</summary>
    FailsBefore,

    /// <summary>It happens, and then fails: the answer is lost.</summary>
    FailsAfter,

    /// <summary>Somebody else has written, as a second owner of the same key would.</summary>
    Conflict,
}
