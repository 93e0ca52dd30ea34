namespace Throttle.Core;

/// <summary>Of several requests some cannot be asked as they are. Nothing was taken for any.</summary>
public sealed class InvalidRequestsException : ArgumentException
{
    /// <summary>Names every such request.</summary>
    /// <param name="faults">At least one, in the order of the requests.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public InvalidRequestsException(IReadOnlyList<RequestFault> faults)
        : base(string.Join(Environment.NewLine, faults))
    {
        Faults = faults.Count > 0 ? faults : throw new ArgumentException("There are no faults; name at least one.", nameof(faults));
    }

    /// <summary>Every request that cannot be asked, at least one, in the order of the requests.</summary>
    public IReadOnlyList<RequestFault> Faults { get; }
}
