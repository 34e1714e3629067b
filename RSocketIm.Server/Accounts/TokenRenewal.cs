using System.Buffers;
using RSocketIm.Protocol.Payloads.Metadata;

namespace RSocketIm.Server.Accounts;

/// <summary>METADATA_PUSH of one connection: composite metadata with a <c>bearer</c> entry prolong its rights, when the token is the same user's.</summary>
/// <remarks>One token is looked at at a time and what comes meanwhile is dropped, so that pushing costs the server no more than one request does.</remarks>
internal sealed class TokenRenewal(Authenticator authenticator, ConnectionRights rights, string connection, ILogger log)
{
    private int isBusy;

    /// <summary>Takes what was pushed. Nothing is ever answered: whether it helped shows in the next request.</summary>
    /// <param name="metadata">The metadata; gone when this returns.</param>
    public void Take(ReadOnlySequence<byte> metadata)
    {
        if (!rights.CanBeRenewed)
        {
            log.RenewalIgnored(connection, "this connection came without a token");
        }
        else if (ReadToken(metadata) is not { } token)
        {
            log.RenewalIgnored(connection, "the metadata hold no token");
        }
        else if (Interlocked.Exchange(ref isBusy, 1) != 0)
        {
            log.RenewalIgnored(connection, "another token is being looked at");
        }
        else
        {
            _ = RenewAsync(token);
        }
    }

    private async Task RenewAsync(string text)
    {
        try
        {
            Token? token = await authenticator.FromTokenAsync(text, CancellationToken.None).ConfigureAwait(false);
            if (token?.User == rights.User)
            {
                rights.Renew(token.Expires);
            }
            else
            {
                log.RenewalIgnored(connection, "the token is not valid, or another user's");
            }
        }
#pragma warning disable CA1031 // Nobody waits for this task: what goes wrong goes to the log, and the rights stay as they are.
        catch (Exception error)
#pragma warning restore CA1031
        {
            log.RenewalFailed(error, connection);
        }
        finally
        {
            Volatile.Write(ref isBusy, 0);
        }
    }

    private static string? ReadToken(ReadOnlySequence<byte> metadata)
    {
        try
        {
            CompositeMetadataReader reader = new(metadata);
            while (reader.TryRead(out CompositeMetadataEntry entry))
            {
                if (entry.Is(WellKnownMimeType.Authentication))
                {
                    AuthenticationMetadata authentication = AuthenticationMetadata.Read(entry.Content);
                    return authentication.Kind == AuthenticationKind.Bearer ? authentication.Token : null;
                }
            }

            return null;
        }
        catch (MetadataFormatException)
        {
            return null; // as good as none, and there is nobody to tell
        }
    }
}
