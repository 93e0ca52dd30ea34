namespace Throttle.Grains.Queues;

/// <summary>A part of the index in storage.</summary>
[GenerateSerializer]
[Alias("throttle.WorkIndexRecord")]
public sealed class WorkIndexRecord
{
    /// <summary>The grain keys of queues that may hold work.</summary>
    [Id(0)]
    public string[] Queues { get; set; } = [];

    /// <summary>Another one in each record that is written.</summary>
    [Id(1)]
    public Guid Stamp { get; set; }
}
