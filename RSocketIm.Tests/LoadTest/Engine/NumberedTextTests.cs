using System.Text;
using RSocketIm.LoadTest.Engine;

namespace RSocketIm.Tests.LoadTest.Engine;

public sealed class NumberedTextTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0x12345678)]
    [InlineData(int.MaxValue)]
    public void TryRead_FindsTheNumberWhereverTheTextIs(int number)
    {
        byte[] text = NumberedText.Create(32);
        NumberedText.Write(text, number);
        Assert.All(text, static letter => Assert.True(letter is (>= (byte)'a' and <= (byte)'p') or (byte)'-'));
        int place = 0;
        for (int before = 0; before < 40; before++)
        {
            byte[] message = [.. Encoding.ASCII.GetBytes(new string('"', before)), .. text, .. "\"}"u8];
            Assert.True(NumberedText.TryRead(message, ref place, out int found));
            Assert.Equal((number, before), (found, place));
            Assert.True(NumberedText.TryRead(message, ref place, out found));
            Assert.Equal(number, found);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"type\":6}")]
    [InlineData("--------")]
    [InlineData("aaaaaaaa-------")]
    [InlineData("-----------------------------")]
    public void TryRead_OfAnythingElse_FindsNothing(string message)
    {
        int place = 5;
        Assert.False(NumberedText.TryRead(Encoding.ASCII.GetBytes(message), ref place, out _));
    }
}
