using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Routing;

/// <summary>Collects the routes of all families; decodes requests and encodes answers, so that a handler sees records only.</summary>
internal sealed class RouteTableBuilder
{
    private readonly Dictionary<string, Route> routes = new(StringComparer.Ordinal);

    /// <summary>The route of a name, made when missing.</summary>
    public Route this[string name] =>
        routes.TryGetValue(name, out Route? known) ? known : routes[name] = new Route(name);

    /// <summary>A request-response between two records.</summary>
    /// <param name="name">The route.</param>
    /// <param name="input">The request.</param>
    /// <param name="output">The answer.</param>
    /// <param name="handler">Answers; the token is cancelled when the caller waits no more.</param>
    public void Respond<TIn, TOut>(
        string name, RecordFormat<TIn> input, RecordFormat<TOut> output, Func<Caller, TIn, CancellationToken, ValueTask<TOut>> handler)
        where TIn : class
        where TOut : class =>
        Describe(name, input, output).Response = call =>
        {
            ValueTask<TOut> answer = handler(call.Caller, call.Read(input), call.Stream.Cancelled);
            return answer.IsCompletedSuccessfully
                ? ValueTask.FromResult(new Payload(output.ToArray(call.Caller.Format, answer.Result)))
                : EncodeAsync(answer, output, call.Caller.Format);
        };

    /// <summary>A request-response that is answered at once.</summary>
    public void Respond<TIn, TOut>(string name, RecordFormat<TIn> input, RecordFormat<TOut> output, Func<Caller, TIn, TOut> handler)
        where TIn : class
        where TOut : class =>
        Describe(name, input, output).Response = call =>
            ValueTask.FromResult(new Payload(output.ToArray(call.Caller.Format, handler(call.Caller, call.Read(input)))));

    /// <summary>A request-stream that a record opens.</summary>
    public void Stream<TIn>(string name, RecordFormat<TIn> input, Func<Caller, TIn, PayloadSource> handler)
        where TIn : class =>
        this[name].Stream = call => handler(call.Caller, call.Read(input));

    /// <summary>A fire-and-forget of one record.</summary>
    public void Take<TIn>(string name, RecordFormat<TIn> input, Action<Caller, TIn> handler)
        where TIn : class =>
        Describe<TIn, EmptyRecord>(name, input, null).OneWay = call => handler(call.Caller, call.Read(input));

    /// <summary>Makes the table.</summary>
    public RouteTable Build() => new(routes.Values);

    private Route Describe<TIn, TOut>(string name, RecordFormat<TIn> input, RecordFormat<TOut>? output)
        where TIn : class
        where TOut : class
    {
        Route route = this[name];
        route.Request = input.Fields;
        route.Answer = output?.Fields ?? route.Answer;
        return route;
    }

    private static async ValueTask<Payload> EncodeAsync<TOut>(ValueTask<TOut> answer, RecordFormat<TOut> output, DataFormat format)
        where TOut : class =>
        new(output.ToArray(format, await answer.ConfigureAwait(false)));
}
